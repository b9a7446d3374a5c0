"""Addresses that people open."""

import pytest

from smoke_pipeline.settings.addresses import http_address, report_address
from smoke_pipeline.settings.model import ReportServerSettings


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://127.0.0.1:3000"),
        ("0.0.0.0", "http://127.0.0.1:3000"),
        ("::", "http://[::1]:3000"),
        ("fe80::1", "http://[fe80::1]:3000"),
        ("smoke.example", "http://smoke.example:3000"),
    ],
)
def test_a_browser_of_this_machine_can_open_what_is_listened_on(host, address):
    assert http_address(host, 3000) == address


def test_a_report_is_reached_at_its_server_or_at_the_address_that_is_set():
    assert report_address(ReportServerSettings(), "gl_1") == "http://127.0.0.1:3001/reports/gl_1/report.html"
    behind = ReportServerSettings(url="https://smoke.example/tests/")
    assert report_address(behind, "gl_1") == "https://smoke.example/tests/reports/gl_1/report.html"
