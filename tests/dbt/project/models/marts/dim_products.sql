select
    products.sku,
    products.product_name,
    categories.name as category_name,
    products.price,
    products.is_active,
    products.roast,
    products.weight_grams
from {{ ref('stg_shop__products') }} as products
inner join {{ ref('stg_shop__categories') }} as categories on products.category_id = categories.id
