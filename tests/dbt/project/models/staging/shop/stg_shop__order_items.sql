with source as (

    select * from {{ source('shop', 'order_items') }}

),

renamed as (

    select
        {{ surrogate_key(['order_id', 'line_number']) }} as order_item_key,
        order_id,
        line_number,
        sku,
        quantity,
        -- the shop writes prices as text, and an empty one for a gift
        coalesce(cast(nullif(trim(unit_price), '') as numeric(12, 2)), 0) as unit_price,
        gift_note
    from source

)

select * from renamed
