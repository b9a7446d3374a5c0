"""What the launcher writes down never opens anything."""

from smoke_pipeline.launcher.serving.logs import without_keys_and_links


def test_keys_and_links_are_taken_out():
    line = "GET /files/upload/ab-c.~9 by smk_0123456789abcdef, /files/report/xyz?x=1, /files/other/kept"

    assert without_keys_and_links(line) == (
        "GET /files/upload/*** by smk_***, /files/report/***?x=1, /files/other/kept"
    )
