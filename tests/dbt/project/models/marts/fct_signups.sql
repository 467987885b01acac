with signups as (

    select * from {{ ref('int_signups_unioned') }}

),

customers as (

    select * from {{ ref('stg_shop__customers') }}

)

select
    {{ surrogate_key(['signups.source_name', 'signups.signup_id']) }} as signup_key,
    signups.source_name,
    signups.store_code,
    signups.email,
    signups.utm_source,
    signups.signed_up_on,
    customers.customer_id
from signups
left join customers on signups.email = customers.email
