select
    subscriptions.subscription_id,
    billing.customer_id,
    subscriptions.plan_code,
    subscriptions.status,
    subscriptions.monthly_amount,
    subscriptions.started_at,
    subscriptions.canceled_at,
    subscriptions.canceled_at is not null as is_canceled
from {{ ref('stg_billing__subscriptions') }} as subscriptions
inner join {{ ref('stg_billing__customers') }} as billing
    on subscriptions.billing_customer_id = billing.billing_customer_id
