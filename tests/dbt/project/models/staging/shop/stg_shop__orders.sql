with source as (

    select * from {{ source('shop', 'orders') }}

),

renamed as (

    select
        id as order_id,
        customer_id,
        status as status_code,
        case status
            when 'P' then 'pending'
            when 'S' then 'shipped'
            when 'C' then 'completed'
            when 'R' then 'returned'
        end as status,
        cast(subtotal as numeric(12, 2)) as subtotal,
        cast(tax as numeric(12, 2)) as tax,
        cast(total as numeric(12, 2)) as total,
        ordered_at,
        updated_at
    from source
    where not _fivetran_deleted

)

select * from renamed
