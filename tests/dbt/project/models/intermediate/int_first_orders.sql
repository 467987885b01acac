with numbered as (

    select
        customer_id,
        order_id,
        ordered_at,
        row_number() over (partition by customer_id order by ordered_at, order_id) as order_number
    from {{ ref('stg_shop__orders') }}

)

select
    customer_id,
    order_id as first_order_id,
    ordered_at as first_ordered_at
from numbered
where order_number = 1
