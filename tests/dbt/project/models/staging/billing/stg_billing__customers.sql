with source as (

    select * from {{ source('billing', 'customers') }}

),

renamed as (

    select
        id as billing_customer_id,
        shop_customer_id as customer_id,
        delinquent as is_delinquent,
        -- seconds since 1970
        cast(to_timestamp(created) as timestamp) as created_at
    from source

)

select * from renamed
