-- smoke_pipeline wrote these statements and never executes them: review them, then run them.
-- They would make the target, oracle.w:SHOP.ORDERS,
-- equal to the source, mysql.w:shop.orders.
-- Each statement must change exactly one row; where your client tells another number, roll back.
-- SQL of postgres; 3 statements.
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
START TRANSACTION;
DELETE FROM "shop"."orders" WHERE "id" = '3';
UPDATE "shop"."orders" SET "amount" = 'it''s' WHERE "id" = '1';
INSERT INTO "shop"."orders" ("id", "amount") VALUES ('2', E'\\');
COMMIT;
