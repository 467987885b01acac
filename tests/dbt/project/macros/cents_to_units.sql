{% macro cents_to_units(column) -%}
    cast({{ column }} / 100.0 as numeric(12, 2))
{%- endmacro %}
