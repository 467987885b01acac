select
    payments.*,
    orders.status as order_status,
    orders.total
from {{ ref('int_payments_by_status') }} as payments
inner join {{ ref('fct_orders') }} as orders on payments.order_id = orders.order_id
