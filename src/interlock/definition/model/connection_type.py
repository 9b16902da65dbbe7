"""The thirteen types of connection."""

from enum import StrEnum


class ConnectionType(StrEnum):
    """What a connection carries: control and data (`MAIN`), or a capability, from the node that supplies it to the node that uses it."""

    MAIN = "MAIN"
    AI_AGENT = "AI_AGENT"
    AI_CHAIN = "AI_CHAIN"
    AI_DOCUMENT = "AI_DOCUMENT"
    AI_EMBEDDING = "AI_EMBEDDING"
    AI_LANGUAGE_MODEL = "AI_LANGUAGE_MODEL"
    AI_MEMORY = "AI_MEMORY"
    AI_OUTPUT_PARSER = "AI_OUTPUT_PARSER"
    AI_RETRIEVER = "AI_RETRIEVER"
    AI_RERANKER = "AI_RERANKER"
    AI_TEXT_SPLITTER = "AI_TEXT_SPLITTER"
    AI_TOOL = "AI_TOOL"
    AI_VECTOR_STORE = "AI_VECTOR_STORE"
