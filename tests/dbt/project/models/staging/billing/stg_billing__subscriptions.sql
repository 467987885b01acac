with source as (

    select * from {{ source('billing', 'subscriptions') }}

),

renamed as (

    select
        id as subscription_id,
        customer as billing_customer_id,
        plan_code,
        status,
        {{ cents_to_units('amount') }} as monthly_amount,
        started_at,
        canceled_at,
        updated_at
    from source

)

select * from renamed
