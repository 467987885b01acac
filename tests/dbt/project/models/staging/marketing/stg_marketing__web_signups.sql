with source as (

    select * from {{ source('marketing', 'web_signups') }}

),

renamed as (

    select
        id as signup_id,
        lower(email) as email,
        utm_source,
        -- ISO 8601 text, with an offset that does not matter for a day
        cast(left(signed_up_at, 10) as date) as signed_up_on
    from source

)

select * from renamed
