with source as (

    select * from {{ source('shop', 'customers') }}

),

renamed as (

    select
        id as customer_id,
        first_name,
        last_name,
        lower(email) as email,
        country_code,
        "group" as customer_group,
        "createdAt" as created_at
    from source
    where not coalesce(_deleted, false)

)

select * from renamed
