"""Read a dbt project from outside: its artifacts, its SQL, its tests, its profile; call the user's own dbt as a process."""
