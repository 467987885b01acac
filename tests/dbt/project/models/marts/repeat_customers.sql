select
    customer_id,
    count(*) as order_count,
    min(ordered_at) as first_ordered_at,
    max(ordered_at) as last_ordered_at,
    sum(total) as revenue
from {{ ref('int_completed_orders') }}
group by customer_id
having count(*) > 1
