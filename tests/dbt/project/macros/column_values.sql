{# The distinct values of a column, in order: a model makes a column of each. #}
{% macro column_values(relation, column) %}
    {%- if not execute -%}
        {{ return([]) }}
    {%- endif -%}
    {%- if load_relation(relation) is none -%}
        {{ exceptions.raise_compiler_error("column_values(): relation " ~ relation ~ " does not exist") }}
    {%- endif -%}
    {%- set found = run_query("select distinct " ~ column ~ " from " ~ relation ~ " where " ~ column ~ " is not null order by 1") -%}
    {{ return(found.columns[0].values() | list) }}
{% endmacro %}
