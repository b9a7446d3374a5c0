"""Prompts lead through a smoke test, and say what the tools are really called."""

import re

import pytest

pytestmark = [pytest.mark.anyio, pytest.mark.services]

PROMPTS = {
    "start_statement_test": ["contract_number", "payment_date", "transform_subtype", "preset"],
    "start_database_comparison": ["db_type", "table_name", "where_clause", "preset"],
    "start_upload_comparison": ["test_name"],
}

NO_TOOLS = {
    "confirm_large",
    "database_table",
    "file_role",
    "poll_after_seconds",
    "session_id",
    "summary_text",
    "test_type",
    "wait_seconds",
}
"""Arguments, values and parts of answers that a prompt names."""


async def test_the_prompts_are_listed_with_what_they_may_be_told(talk):
    listed = (await talk.client.list_prompts()).prompts

    assert {one.name: [argument.name for argument in one.arguments] for one in listed} == PROMPTS
    assert not any(argument.required for one in listed for argument in one.arguments)
    assert all(one.description for one in listed)


@pytest.mark.parametrize("name", PROMPTS)
async def test_a_prompt_names_only_tools_that_there_are(talk, name):
    tools = {tool.name for tool in (await talk.client.list_tools()).tools}

    (message,) = (await talk.client.get_prompt(name)).messages

    words = set(re.findall(r"\b[a-z]+(?:_[a-z]+)+\b", message.content.text))
    assert words - NO_TOOLS <= tools
    assert {"compare_csv_files", "get_report", "get_progress"} <= words
    assert "one question at a time" in message.content.text


async def test_a_prompt_does_not_ask_for_what_is_known(talk):
    found = await talk.client.get_prompt("start_statement_test", {"contract_number": "12345"})
    bare = await talk.client.get_prompt("start_statement_test")

    assert "Known already: contract_number=12345." in found.messages[0].content.text
    assert "Nothing is known yet." in bare.messages[0].content.text
