"""The wing that proves one ETL run: a session with its states, and the steps that move it on."""
