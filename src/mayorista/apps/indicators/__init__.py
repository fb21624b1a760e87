"""The two indicators of the procedure and the control of each contract: judged, kept, explained."""
