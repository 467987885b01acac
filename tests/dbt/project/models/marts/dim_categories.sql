with categories as (

    select * from {{ ref('stg_shop__categories') }}

)

select
    child.id as category_id,
    child.name as category_name,
    parent.id as parent_category_id,
    parent.name as parent_category_name,
    parent.id is null as is_top_level
from categories as child
left join categories as parent on child.parent_id = parent.id
