select *
from {{ ref('fct_orders') }}
where ordered_at >= current_date - interval '90 days'
