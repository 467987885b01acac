{{ config(materialized='incremental', incremental_strategy='append') }}

select
    payments.id as payment_id,
    payments.order_id,
    methods.method_name,
    payments.status,
    payments.amount_eur,
    payments.amount_eur * methods.fee_percent / 100 as fee_eur,
    payments.created_at
from {{ ref('stg_billing__payments') }} as payments
inner join {{ ref('payment_methods') }} as methods on payments.method_code = methods.method_code
{% if is_incremental() %}
where payments.created_at > (select max(created_at) from {{ this }})
{% endif %}
