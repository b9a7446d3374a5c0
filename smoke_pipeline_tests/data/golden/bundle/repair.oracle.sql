-- smoke_pipeline wrote these statements and never executes them: review them, then run them.
-- They would make the target, oracle.w:SHOP.ORDERS,
-- equal to the source, mysql.w:shop.orders.
-- Each statement must change exactly one row; where your client tells another number, roll back.
-- SQL of oracle; 3 statements.
SET DEFINE OFF
DELETE FROM "SHOP"."ORDERS" WHERE "id" = '3';
UPDATE "SHOP"."ORDERS" SET "amount" = 'it''s' WHERE "id" = '1';
INSERT INTO "SHOP"."ORDERS" ("id", "amount") VALUES ('2', '\');
COMMIT;
