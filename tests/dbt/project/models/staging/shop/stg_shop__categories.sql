select * from {{ source('shop', 'categories') }}
