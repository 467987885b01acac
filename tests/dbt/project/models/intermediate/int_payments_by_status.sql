{%- set statuses = column_values(source('billing', 'payments'), 'status') -%}

with payments as (

    select * from {{ ref('stg_billing__payments') }}

)

select
    order_id,
    {%- for status in statuses %}
    sum(case when status = '{{ status }}' then amount_eur else 0 end) as {{ status }}_amount,
    {%- endfor %}
    count(*) as payment_count
from payments
group by order_id
