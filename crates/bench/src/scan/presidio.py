import sys
import time

import spacy
from presidio_analyzer import AnalyzerEngine
from presidio_analyzer.nlp_engine import SpacyNlpEngine


class Blank(SpacyNlpEngine):
    def __init__(self):
        super().__init__()
        self.nlp = {"en": spacy.blank("en")}


messages = sys.stdin.read().split("\n")
analyzer = AnalyzerEngine(nlp_engine=Blank(), supported_languages=["en"])
began = time.process_time()
for message in messages:
    analyzer.analyze(text=message, language="en")
print(time.process_time() - began)
