with items as (

    select * from {{ ref('int_order_items_priced') }}

),

orders as (

    select * from {{ ref('stg_shop__orders') }}

)

select
    items.*,
    orders.customer_id,
    orders.ordered_at
from items
inner join orders on items.order_id = orders.order_id
