{{ config(materialized='ephemeral') }}

with items as (

    select * from {{ ref('stg_shop__order_items') }}

),

products as (

    select * from {{ ref('stg_shop__products') }}

)

select
    items.order_item_key,
    items.order_id,
    items.line_number,
    items.sku,
    products.product_name,
    products.category_id,
    items.quantity,
    items.unit_price,
    items.quantity * items.unit_price as line_total,
    items.unit_price < products.price as is_discounted
from items
inner join products on items.sku = products.sku
