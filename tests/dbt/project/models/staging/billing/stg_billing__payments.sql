with source as (

    select * from {{ source('billing', 'payments') }}

)

select
    *,
    {{ cents_to_units('amount') }} as amount_eur
from source
