id: wechat-red-packet
title: A favour for a red packet, continued on a private WeChat.
theme: off-channel.private-contact
alert: yes
live: no
language: zh
employee: Daniel Lim
starts: -18 12:18
---
c: 林先生,{product}能再便宜一点吗?
+7 e: 公司价{price},没办法
+3 e: 不过你可以加我微信:{handle},我们私下谈
+2 c: 微信上可以便宜多少?
+3 e: {low},发个红包给我就行,不用开发票
+5 c: 这样会不会有问题?
+2 e: 放心,我自己出货。别打店里电话,打我私人号码 +{private}
+14 c: 好,已经加你了
