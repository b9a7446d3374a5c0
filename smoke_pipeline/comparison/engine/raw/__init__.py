"""The raw tier: records of two CSVs meet as bytes, and only those that do not are ever parsed.

Identical bytes are identical records whatever they mean, as long as both begin at the start of a record. So
what meets here is right without parsing; what does not, or looks irregular in any way, is left to those who
parse.
"""
