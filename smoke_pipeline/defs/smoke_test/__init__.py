"""The pipeline of one session: assets, their checks, the jobs, and the sensor that starts the next one."""
