select
    contact_id as customer_id,
    {{- pivot_properties(var('contact_properties'), 'property_name', 'property_value') }}
from {{ ref('stg_crm__contact_properties') }}
group by contact_id
