{% macro pivot_properties(names, name_column, value_column) -%}
    {%- for name in names %}
        max(case when {{ name_column }} = '{{ name }}' then {{ value_column }} end) as {{ name }}
        {%- if not loop.last %},{% endif -%}
    {%- endfor %}
{%- endmacro %}
