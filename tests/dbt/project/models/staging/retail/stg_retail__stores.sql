with source as (

    select * from {{ source('retail', 'stores') }}

)

select * from source
