{% snapshot snap_products %}

{{
    config(
        unique_key='sku',
        strategy='check',
        check_cols=['price', 'is_active']
    )
}}

select * from {{ ref('stg_shop__products') }}

{% endsnapshot %}
