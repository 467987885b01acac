with items as (

    select
        order_id,
        sum(line_total) as items_total
    from {{ ref('fct_order_items') }}
    group by order_id

)

select
    orders.order_id,
    orders.subtotal,
    items.items_total
from {{ ref('fct_orders') }} as orders
inner join items on orders.order_id = items.order_id
where orders.subtotal <> items.items_total
