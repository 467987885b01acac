{{
    config(
        materialized='incremental',
        unique_key='order_id',
        incremental_strategy='delete+insert'
    )
}}

with orders as (

    select * from {{ ref('stg_shop__orders') }}
    {% if is_incremental() %}
    where updated_at > (select max(updated_at) from {{ this }})
    {% endif %}

),

items as (

    select
        order_id,
        count(*) as item_count,
        sum(line_total) as items_total
    from {{ ref('int_order_items_priced') }}
    group by order_id

),

first_orders as (

    select * from {{ ref('int_first_orders') }}

)

select
    orders.order_id,
    orders.customer_id,
    orders.status,
    orders.subtotal,
    orders.tax,
    orders.total,
    coalesce(items.item_count, 0) as item_count,
    coalesce(items.items_total, 0) as items_total,
    first_orders.first_order_id is not null as is_first_order,
    orders.ordered_at,
    orders.updated_at
from orders
left join items on orders.order_id = items.order_id
left join first_orders on orders.order_id = first_orders.first_order_id
