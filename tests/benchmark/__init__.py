"""How fast recover.yml gets a broken service back, beside an expert's kubectl script on the same faults."""
