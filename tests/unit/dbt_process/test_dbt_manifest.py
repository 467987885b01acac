"""What is read of a manifest."""

from __future__ import annotations

import json
from pathlib import Path

from synthseed.dbt.artifacts import read_manifest

MACRO = """{% macro get_call_columns() %}
{% set columns = [
    {"name": "id", "datatype": dbt.type_int()},
    {"name": "type", "datatype": dbt.type_string(), "alias": "call_type"},
    {'alias': 'owner_id', 'name': 'property_owner', 'datatype': dbt.type_int()}
] %}
{{ return(columns) }}
{% endmacro %}"""


def test_columns_that_a_models_macro_lists_under_an_alias_are_known_by_it(tmp_path: Path) -> None:
    node = {"resource_type": "model", "name": "stg", "depends_on": {"macros": ["macro.shop.get_call_columns"]}}
    macros = {"macro.shop.get_call_columns": {"macro_sql": MACRO}, "macro.shop.other": {"macro_sql": MACRO.replace("type", "kind")}}
    file = tmp_path / "manifest.json"
    file.write_text(json.dumps({"nodes": {"model.shop.stg": node}, "sources": {}, "macros": macros}))

    assert read_manifest(file).nodes["model.shop.stg"].aliases == {"call_type": "type", "owner_id": "property_owner"}
