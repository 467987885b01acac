with web as (

    select
        signup_id,
        email,
        'WEB' as store_code,
        signed_up_on,
        utm_source,
        'web' as source_name
    from {{ ref('stg_marketing__web_signups') }}

),

store as (

    select
        signup_id,
        email,
        store_code,
        signed_up_on,
        cast(null as {{ dbt.type_string() }}) as utm_source,
        'store' as source_name
    from {{ ref('stg_marketing__store_signups') }}

)

select * from web
union all
select * from store
