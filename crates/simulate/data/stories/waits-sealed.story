id: waits-sealed
title: A private PIX by somebody who has had no notice: kept sealed, read by nobody.
theme: side-deal.foreign-account
alert: no
live: no
language: pt-BR
employee: Natália Quintela
starts: -8 17:08
---
c: Natália, fechamos {product} naquele valor?
+4 e: Fechamos, {low}, mas paga na minha chave {private}
+2 c: Sem passar na loja?
+1 e: Isso, direto comigo
+9 c image: Pronto
