select
    plan_code,
    count(distinct customer_id) as subscribers,
    sum(monthly_amount) as revenue
from {{ ref('fct_subscriptions') }}
where status in ('active', 'past_due')
group by plan_code
having sum(monthly_amount) > 0
