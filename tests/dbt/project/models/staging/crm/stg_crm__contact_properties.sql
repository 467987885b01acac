with source as (

    select * from {{ source('crm', 'contact_properties') }}

)

select * from source
