select
    stores.store_code,
    stores.store_name,
    stores.city,
    countries.country_name,
    cast(stores.opened_on as date) as opened_on,
    cast(stores.square_metres as numeric(8, 1)) as square_metres
from {{ ref('stg_retail__stores') }} as stores
inner join {{ ref('countries') }} as countries on stores.country_code = countries.country_code
