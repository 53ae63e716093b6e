"""What the icon's two objects on the bus can do, as XML for whoever asks (D-Bus Introspectable)."""

from __future__ import annotations

from xml.sax.saxutils import quoteattr

Members = dict[str, str]
_METHODS: dict[str, Members] = {  # interface -> member -> types in, "->", types out
    "org.kde.StatusNotifierItem": {
        "Activate": "i i ->",
        "SecondaryActivate": "i i ->",
        "ContextMenu": "i i ->",
        "Scroll": "i s ->",
        "ProvideXdgActivationToken": "s ->",
    },
    "com.canonical.dbusmenu": {
        "GetLayout": "i i as -> u (ia{sv}av)",
        "GetGroupProperties": "ai as -> a(ia{sv})",
        "GetProperty": "i s -> v",
        "Event": "i s v u ->",
        "EventGroup": "a(isvu) -> ai",
        "AboutToShow": "i -> b",
        "AboutToShowGroup": "ai -> ai ai",
    },
}
_SIGNALS: dict[str, Members] = {
    "org.kde.StatusNotifierItem": {
        "NewTitle": "",
        "NewIcon": "",
        "NewAttentionIcon": "",
        "NewToolTip": "",
        "NewStatus": "s",
    },
    "com.canonical.dbusmenu": {
        "LayoutUpdated": "u i",
        "ItemsPropertiesUpdated": "a(ia{sv}) a(ias)",
    },
}
_PROPERTIES: dict[str, Members] = {
    "org.kde.StatusNotifierItem": {
        "Category": "s",
        "Id": "s",
        "Title": "s",
        "Status": "s",
        "WindowId": "i",
        "IconThemePath": "s",
        "IconName": "s",
        "IconPixmap": "a(iiay)",
        "OverlayIconName": "s",
        "OverlayIconPixmap": "a(iiay)",
        "AttentionIconName": "s",
        "AttentionIconPixmap": "a(iiay)",
        "AttentionMovieName": "s",
        "ToolTip": "(sa(iiay)ss)",
        "ItemIsMenu": "b",
        "Menu": "o",
    },
    "com.canonical.dbusmenu": {
        "Version": "u",
        "TextDirection": "s",
        "Status": "s",
        "IconThemePath": "as",
    },
}
_PATHS = {
    "/StatusNotifierItem": "org.kde.StatusNotifierItem",
    "/MenuBar": "com.canonical.dbusmenu",
}


def introspection(path: str) -> str:
    """The XML of the object at this path; of any other path, what lies below it."""
    interface = _PATHS.get(path)
    if interface is None:
        nodes = (f"<node name={quoteattr(known[1:])}/>" for known in _PATHS if path == "/")
        return f"<node>{''.join(nodes)}</node>"
    methods = (_method(name, types) for name, types in _METHODS[interface].items())
    signals = (_signal(name, types) for name, types in _SIGNALS[interface].items())
    properties = (
        f"<property name={quoteattr(name)} type={quoteattr(kind)} access='read'/>"
        for name, kind in _PROPERTIES[interface].items()
    )
    body = "".join((*methods, *signals, *properties))
    return f"<node><interface name={quoteattr(interface)}>{body}</interface></node>"


def _method(name: str, types: str) -> str:
    taken, _, given = types.partition("->")
    arguments = [f"<arg type={quoteattr(one)} direction='in'/>" for one in taken.split()]
    arguments += [f"<arg type={quoteattr(one)} direction='out'/>" for one in given.split()]
    return f"<method name={quoteattr(name)}>{''.join(arguments)}</method>"


def _signal(name: str, types: str) -> str:
    arguments = "".join(f"<arg type={quoteattr(one)}/>" for one in types.split())
    return f"<signal name={quoteattr(name)}>{arguments}</signal>"
