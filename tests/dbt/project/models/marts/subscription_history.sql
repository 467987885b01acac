select
    {{ surrogate_key(['id', 'dbt_valid_from']) }} as version_key,
    id as subscription_id,
    status,
    dbt_valid_from as valid_from
from {{ ref('snap_subscriptions') }}
