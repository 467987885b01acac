with customers as (

    select * from {{ ref('stg_shop__customers') }}

),

properties as (

    select * from {{ ref('int_customer_properties_pivoted') }}

),

first_orders as (

    select * from {{ ref('int_first_orders') }}

),

lifetime as (

    select
        customer_id,
        count(*) as completed_orders,
        sum(total) as lifetime_value
    from {{ ref('int_completed_orders') }}
    group by customer_id

)

select
    customers.customer_id,
    customers.first_name || ' ' || customers.last_name as full_name,
    customers.email,
    customers.country_code,
    countries.region,
    customers.customer_group,
    customers.created_at,
    billing.billing_customer_id,
    properties.favourite_roast,
    cast(properties.lifetime_points as integer) as lifetime_points,
    cast(properties.newsletter_opt_in as boolean) as is_newsletter_reader,
    first_orders.first_order_id,
    first_orders.first_ordered_at,
    coalesce(lifetime.completed_orders, 0) as completed_orders,
    coalesce(lifetime.lifetime_value, 0) as lifetime_value
from customers
inner join {{ ref('countries') }} as countries on customers.country_code = countries.country_code
left join {{ ref('stg_billing__customers') }} as billing on customers.customer_id = billing.customer_id
left join properties on customers.customer_id = properties.customer_id
left join first_orders on customers.customer_id = first_orders.customer_id
left join lifetime on customers.customer_id = lifetime.customer_id
