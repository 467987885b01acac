with source as (

    select * from {{ source('marketing', 'store_signups') }}

),

renamed as (

    select
        id as signup_id,
        lower(email) as email,
        store_code,
        cast(signup_date as date) as signed_up_on
    from source

)

select * from renamed
