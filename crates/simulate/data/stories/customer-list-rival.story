id: customer-list-rival
title: A price file and customers are offered to a competitor, in Chinese.
theme: data-leak.customer-list
alert: yes
live: no
language: zh
employee: Wei Zhang
starts: -12 17:25
---
c: 张先生,上次说的客户名单还有吗?
+9 e: 有的,都是去年买过大件的老客户
+2 e document customers_london.xlsx: 客户名单,名字电话都在里面
+4 c: 太好了,怎么谢你?
+3 e: 老规矩,转到我个人账户 {iban}
+2 c: 公司那边不会发现吧?
+2 e: 别在这里说,看完把聊天记录删了
+20 c: 转好了
+3 e react: 👌
