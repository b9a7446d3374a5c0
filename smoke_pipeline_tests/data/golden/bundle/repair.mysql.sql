-- smoke_pipeline wrote these statements and never executes them: review them, then run them.
-- They would make the source, mysql.w:shop.orders,
-- equal to the target, oracle.w:SHOP.ORDERS.
-- Each statement must change exactly one row; where your client tells another number, roll back.
-- SQL of mysql; 3 statements.
SET NAMES utf8mb4;
SET SESSION sql_mode = REPLACE(@@SESSION.sql_mode, 'NO_BACKSLASH_ESCAPES', '');
SET SESSION time_zone = '+00:00';
START TRANSACTION;
DELETE FROM `shop`.`orders` WHERE `id` = '2' AND HEX(CONVERT(`id` USING utf8mb4)) = '32';
UPDATE `shop`.`orders` SET `amount` = NULL WHERE `id` = '1' AND HEX(CONVERT(`id` USING utf8mb4)) = '31';
INSERT INTO `shop`.`orders` (`id`, `amount`) VALUES ('3', 'x');
COMMIT;
