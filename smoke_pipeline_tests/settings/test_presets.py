"""Presets and rule sets by their names."""

import pytest

from smoke_pipeline.errors import UnknownPresetError
from smoke_pipeline.settings.model import Preset, Settings
from smoke_pipeline.settings.presets import preset, ruleset

SETTINGS = Settings(
    default_preset="billing",
    presets={"billing": Preset(description="of billing"), "test": Preset()},
    rulesets={"exact": {}},
)


def test_without_a_name_the_default_preset_is_meant():
    assert preset(SETTINGS).description == "of billing"


def test_a_preset_is_found_by_its_name():
    assert preset(SETTINGS, "test").description == ""


def test_an_unknown_preset_is_refused_with_the_nearest_name():
    with pytest.raises(UnknownPresetError) as caught:
        preset(SETTINGS, "biling")

    assert caught.value.suggestions == ("Did you mean 'billing'?", "There are: billing, test.")


def test_a_rule_set_is_found_by_its_name():
    assert ruleset(SETTINGS, "exact") == {}


def test_an_unknown_rule_set_is_refused():
    with pytest.raises(UnknownPresetError, match="no rule set 'relaxed'"):
        ruleset(SETTINGS, "relaxed")
