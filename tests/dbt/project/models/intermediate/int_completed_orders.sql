{{ config(materialized='ephemeral') }}

select *
from {{ ref('stg_shop__orders') }}
where status = 'completed'
