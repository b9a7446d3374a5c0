"""Sections of the settings that are an idea of their own; `settings.model` puts them together."""
