with source as (

    select * from {{ source('shop', 'products') }}

),

renamed as (

    select
        sku,
        name as product_name,
        category_id,
        {{ cents_to_units('price_cents') }} as price,
        "isActive" as is_active,
        cast(attributes as json) ->> 'roast' as roast,
        cast(cast(attributes as json) ->> 'weight_grams' as integer) as weight_grams
    from source

)

select * from renamed
